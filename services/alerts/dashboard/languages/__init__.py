"""What the pages say, in the languages of those who read them: one catalogue (gettext, .po) a language."""
