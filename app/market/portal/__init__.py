"""What everybody sees: search, patent and portfolio pages, statistics, feeds, watches, referrals."""
