"""The ward's database: its tables, its versions, and who read and did what."""
