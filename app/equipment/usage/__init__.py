"""Real use: started and finished at the instrument, charged by the frozen tariff."""
