"""Bank transfers that come in: imported, matched to bills, collected for institutions."""
