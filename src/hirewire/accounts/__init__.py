"""Accounts: the people, the employers, who may act for whom, and the apps that call us."""
