"""Referrals 转介: pledge financing and IP information services asked for here and given by partners."""
