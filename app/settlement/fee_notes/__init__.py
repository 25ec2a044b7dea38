"""Fee notes 缴费单: one fee that is paid by itself, before or after it is earned, outside of the month’s bill."""
