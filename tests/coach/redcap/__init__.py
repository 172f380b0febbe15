"""REDCap: its fields, its records, and a stand-in that speaks its API."""
