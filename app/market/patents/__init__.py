"""Patents: register facts, holders, inventors, encumbrances, annuities, import, alerts."""
