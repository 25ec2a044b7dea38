"""The site as a whole: home, the desk, navigation, languages, the component sheet."""
