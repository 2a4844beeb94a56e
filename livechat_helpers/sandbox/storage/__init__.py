"""Storage: the SQLite file, snapshots, the account, the clock and the ids."""
