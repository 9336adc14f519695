-- What `alerts` filters by stands in the indexes it walks, so that rows that do not pass are not looked up.
drop index alert_told;
drop index alert_untold;
create index alert_told on alert (raised_at, kind, level, feed, seen_ms, published_ms) where outcome in ('raised', 'grown');
create index alert_untold on alert (raised_at, kind, level, feed) where outcome not in ('raised', 'grown');
