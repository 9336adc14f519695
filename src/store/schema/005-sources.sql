-- Who had an article first, by the word of the feed that shows it (RSS source). Not known of what was stored before.
alter table article add column original_name text;
alter table article add column original_url text;

-- Whose a piece is, and where its text comes from: an agency, or "own " and the publisher that had it first. Null is not known,
-- and counts for nobody.
alter table piece add column publisher text;
alter table piece add column origin text;

-- What the files hold a feed worth, from 1 (most) to 3.
alter table feed add column tier integer;
