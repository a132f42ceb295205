"""Telling those who hold what is held or recalled: contacts, notices, e-mail and webhooks."""
