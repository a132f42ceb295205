"""Commands about parties: who they are, their keys and mandates, how they are reached."""
