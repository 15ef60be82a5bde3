"""The call desk, callback slots and what becomes of each booked call."""
