"""The Flask front-end."""
