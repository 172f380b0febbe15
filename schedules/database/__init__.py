"""The one door to the database: engine, transactions, turns to write, column types, encryption, tables.

Nothing else opens a connection, begins a transaction or touches a driver (tests/guards). Decides nothing.
"""
