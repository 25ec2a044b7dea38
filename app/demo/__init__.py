"""The demonstration: organisations, instruments and three months of life on the market, made to be looked at."""
