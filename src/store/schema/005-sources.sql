-- Who had an article first, by the word of the feed that shows it (RSS source). Not known of what was stored before.
alter table article add column original_name text;
alter table article add column original_url text;
