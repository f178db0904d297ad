"""From untrusted bytes to text that is safe on a screen."""
