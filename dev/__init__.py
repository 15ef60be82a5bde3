"""The project's own tools: set-up, embedded servers, the two commands, the checks."""
