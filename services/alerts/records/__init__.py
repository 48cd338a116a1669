"""The ward's database: its tables, its versions, who read and did what, alerts and levels over days."""
