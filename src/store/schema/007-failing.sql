-- How many feeds fail is asked at each sign of life: of a million feeds only those are looked at.
create index feed_failing on feed (id) where listed and error is not null;
