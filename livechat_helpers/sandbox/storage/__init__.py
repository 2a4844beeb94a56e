"""What is kept: the SQLite file, its copies, the account, the time and the ids."""
