"""Training that knows how it will be computed: the plan's integers, its rounding, and what each layer costs."""
