"""What fills a member of staff's day: meetings, protected time, duty, leave."""
