"""Watches 关注: one mail for all that somebody watches, each patent once, and nothing where nothing happened."""
