-- A database as schema 001 left it: :articles articles over the last 800 days in 100 feeds, each tenth with a hit, half of
-- these raised and delivered, half joined; edits, aliases, and a run that stopped. :now is the hour, :record an alert.

insert into feed (id, url, listed, tags, next_poll_at, succeeded_at, interval_us, host)
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
select i, 'https://h' || i || '.example/feed', 1, '[]', :now, :now - 1, 3600000000, 'h' || i || '.example' from n;

insert into article (id, feed, key, key_kind, title, summary, body, category, enclosure, first_seen_at, content_hash)
with recursive n(i) as (select 1 union all select i + 1 from n where i < :articles)
select i, i % 100 + 1, 'key ' || i, 'id', 'Article ' || i, '', printf('%.*c', 500 + i % 1000, 'x'), '[]', '[]',
       :now - 800 * 86400000000 + i * (800 * 86400000000 / :articles), i from n;

insert into alias select feed, 'alias ' || id, id from article where id % 7 = 0;

insert into revision select id, id + 1, first_seen_at, 'Before', '', body from article where id % 9 = 0;

insert into hit select id, 'mediation', 'r1', first_seen_at, '[]', null, null from article where id % 10 = 0;

insert into alert (id, kind, level, outcome, reason, raised_at, watch, story, feed, article, record)
select printf('%032x', id), 'alert', 9, iif(id % 20 = 0, 'raised', 'joined'), '', first_seen_at, 'mediation', 'story ' || id,
       feed, id, json_set(:record, '$.id', printf('%032x', id)) from article where id % 10 = 0;

insert into alert (id, kind, level, outcome, reason, raised_at, watch, story, record)
with recursive n(i) as (select 1 union all select i + 1 from n where i < 800)
select 'beat ' || i, 'heartbeat', 9, 'raised', '', :now - (800 - i) * 86400000000, '', '',
       json_set(:record, '$.id', 'beat ' || i, '$.kind', 'heartbeat') from n;

insert into delivery select 'log', seq, raised_at from alert where outcome = 'raised';

insert into run values ('run 1', '0.1.0', 1, :now - 86400000000, :now - 1, :now - 1, '{}');
