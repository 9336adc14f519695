//! Which articles tell the same story.
