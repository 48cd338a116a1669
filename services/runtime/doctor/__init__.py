"""`veilward doctor`: looks at an installation from where a service runs, with its settings, and says what to do.

Each service says in its `doctor.py` what is looked at; what every service needs is here.
"""
