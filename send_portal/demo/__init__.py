"""The demonstration authority: an invented council made from published figures."""
