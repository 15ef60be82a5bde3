"""The four-step ladder, the public form and the resolution desk."""
