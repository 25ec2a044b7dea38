"""The market: patents, licences, services, needs. Its slices come with their own issues."""
