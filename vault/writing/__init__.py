"""What a history of writing is made of: words, activity, search, retention, insights, templates. Pure, as the core."""
