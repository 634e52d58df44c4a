-- What becomes of the clocks of each story, found by PostgreSQL alone.
-- $1: GOV.UK's bank holidays as JSON. Of each story, $2: its clock, $3: the moment of asking,
-- $4: what happened before, such as `2026-03-02T10:00Z MADE; 2026-03-20T10:00Z UPDATED`.
-- The rules are written here by hand, from domain.md: never copy them from a rule set or our code.
WITH RECURSIVE happened AS MATERIALIZED (
    SELECT
        id,
        clock,
        now,
        split_part(line, ' ', 1)::timestamptz AS at,
        split_part(line, ' ', 2) AS what,
        (split_part(line, ' ', 1)::timestamptz AT TIME ZONE 'Europe/London')::date AS day
    FROM unnest($2::text[], $3::timestamptz[], $4::text[]) WITH ORDINALITY
        AS story (clock, now, events, id)
    CROSS JOIN regexp_split_to_table(events, '; ') AS line
    WHERE split_part(line, ' ', 1)::timestamptz <= now
),

-- L29: within four weeks of each update or reopening, until the outcome is told.
update_due AS (
    SELECT *, (day + 28 + time '23:59') AT TIME ZONE 'Europe/London' AS due_at
    FROM happened
    WHERE clock = 'NEXT_UPDATE' AND what IN ('UPDATED', 'REOPENED')
),
update_run AS (
    SELECT
        id,
        at AS opened_at,
        0 AS nth,
        now,
        due_at,
        (SELECT min(h.at) FROM happened AS h
         WHERE h.id = update_due.id AND h.at > update_due.at
             AND h.what IN ('UPDATED', 'OUTCOME_TOLD')) AS met_at,
        (SELECT min(h.at) FROM happened AS h
         WHERE h.id = update_due.id AND h.at > update_due.at
             AND (h.what = 'IOPC_TOOK_OVER' OR h.what = 'CLOSED' AND NOT EXISTS (
                 SELECT FROM happened AS again
                 WHERE again.id = h.id AND again.what = 'REOPENED'
                     AND again.at > h.at AND again.at < due_at))) AS dropped_at,
        false AS away
    FROM update_due
),

-- L42: 5 and 28 working days, of which those do not count on which the review is elsewhere (L34).
holiday AS (
    SELECT (event ->> 'date')::date AS day
    FROM jsonb_array_elements($1::jsonb -> 'events') AS event
),
elsewhere AS (
    SELECT
        id,
        at AS since,
        (SELECT min(back.at) FROM happened AS back
         WHERE back.id = gone.id AND back.what = 'REVIEW_RETURNED'
             AND back.at > gone.at) AS until
    FROM happened AS gone
    WHERE what = 'REVIEW_FORWARDED'
),
review_day AS (
    SELECT
        id,
        at AS opened_at,
        now,
        clock,
        next.day::date AS day,
        row_number() OVER (PARTITION BY id ORDER BY next.day) AS nth
    FROM happened
    CROSS JOIN generate_series(day + 1, day + 200, interval '1 day') AS next (day)
    WHERE what = 'REVIEW_APPLIED'
        AND extract(isodow FROM next.day) < 6
        AND next.day::date NOT IN (SELECT holiday.day FROM holiday)
        AND NOT EXISTS (
            SELECT FROM elsewhere
            WHERE elsewhere.id = happened.id
                AND next.day::date > (since AT TIME ZONE 'Europe/London')::date
                AND next.day::date <= (until AT TIME ZONE 'Europe/London')::date)
),
review_due AS (
    SELECT *, (day + time '23:59') AT TIME ZONE 'Europe/London' AS due_at
    FROM review_day
    WHERE nth = CASE clock WHEN 'REVIEW_ACKNOWLEDGE' THEN 5 WHEN 'REVIEW_COMPLETE' THEN 28 END
),
review_run AS (
    SELECT
        id,
        opened_at,
        0 AS nth,
        now,
        due_at,
        (SELECT min(h.at) FROM happened AS h
         WHERE h.id = review_due.id AND h.at > opened_at AND h.what = CASE clock
             WHEN 'REVIEW_ACKNOWLEDGE' THEN 'REVIEW_ACKNOWLEDGED' ELSE 'REVIEW_DECIDED' END
        ) AS met_at,
        NULL::timestamptz AS dropped_at,
        EXISTS (SELECT FROM elsewhere
                WHERE elsewhere.id = review_due.id AND until IS NULL AND since <= due_at) AS away
    FROM review_due
),

-- L30c: at 12 months from when it was made, then every 6, while the force investigates. What was
-- only closed and reopened goes on as the same series.
turn AS (
    SELECT *, lag(what) OVER (PARTITION BY id ORDER BY at) AS before
    FROM happened
    WHERE clock = 'REG_13'
        AND what IN ('INVESTIGATED', 'REOPENED', 'CLOSED', 'OUTCOME', 'IOPC_TOOK_OVER')
),
investigating AS (
    SELECT
        id,
        at AS since,
        (SELECT min(stop.at) FROM turn AS stop
         WHERE stop.id = turn.id AND stop.at > turn.at
             AND stop.what IN ('CLOSED', 'OUTCOME', 'IOPC_TOOK_OVER')) AS until,
        count(*) FILTER (WHERE what = 'INVESTIGATED') OVER (PARTITION BY id ORDER BY at) AS series
    FROM turn
    WHERE what = 'INVESTIGATED' AND before IS DISTINCT FROM 'INVESTIGATED'
        AND before IS DISTINCT FROM 'REOPENED'
        OR what = 'REOPENED' AND before = 'CLOSED'
),
period AS (
    SELECT
        made.id,
        series,
        now,
        begun.at AS opened_at,
        (made.day + make_interval(months => 6 + 6 * n) + time '23:59')
            AT TIME ZONE 'Europe/London' AS last_due_at,
        (made.day + make_interval(months => 12 + 6 * n) + time '23:59')
            AT TIME ZONE 'Europe/London' AS due_at,
        n
    FROM happened AS made
    CROSS JOIN LATERAL (
        SELECT series, min(since) AS at FROM investigating WHERE id = made.id GROUP BY series
    ) AS begun
    CROSS JOIN generate_series(0, 9) AS n
    WHERE made.clock = 'REG_13' AND made.what = 'MADE'
),
-- Each period in which there was an investigation, up to the one that is not over yet.
notice AS (
    SELECT
        period.*,
        row_number() OVER (PARTITION BY id, series ORDER BY n) AS nth,
        (SELECT until FROM investigating AS i
         WHERE i.id = period.id AND i.series = period.series AND since <= due_at
         ORDER BY since DESC LIMIT 1) AS dropped_at
    FROM period
    WHERE (n = 0 OR last_due_at < now) AND EXISTS (
        SELECT FROM investigating AS i
        WHERE i.id = period.id AND i.series = period.series AND since <= due_at
            AND (n = 0 OR until IS NULL OR until > last_due_at))
),
-- A letter is that of one period, the first that has none and began before it.
notice_run AS (
    SELECT notice.*, letter.at AS met_at, coalesce(letter.at, opened_at) AS used_until
    FROM notice
    CROSS JOIN LATERAL (
        SELECT min(at) AS at FROM happened AS h
        WHERE h.id = notice.id AND what = 'REG_13_LETTER' AND at > opened_at
            AND (n = 0 OR at > last_due_at) AND at < coalesce(dropped_at, 'infinity')
    ) AS letter
    WHERE nth = 1
    UNION ALL
    SELECT notice.*, letter.at, coalesce(letter.at, used_until)
    FROM notice_run AS earlier
    INNER JOIN notice ON (notice.id, notice.series, notice.nth)
        = (earlier.id, earlier.series, earlier.nth + 1)
    CROSS JOIN LATERAL (
        SELECT min(at) AS at FROM happened AS h
        WHERE h.id = notice.id AND what = 'REG_13_LETTER' AND at > used_until
            AND at > notice.last_due_at AND at < coalesce(notice.dropped_at, 'infinity')
    ) AS letter
),

run AS (
    SELECT * FROM update_run
    UNION ALL SELECT * FROM review_run
    UNION ALL
    SELECT id, opened_at, nth::int, now, due_at, met_at, dropped_at, false FROM notice_run
),
told AS (
    SELECT
        id,
        opened_at,
        nth,
        CASE
            WHEN away THEN 'no day SUSPENDED'
            ELSE (due_at AT TIME ZONE 'Europe/London')::date || ' ' || CASE
                WHEN least(met_at, dropped_at, now) > due_at THEN 'MISSED'
                WHEN met_at = least(met_at, dropped_at) THEN 'MET'
                WHEN dropped_at IS NOT NULL THEN 'DROPPED'
                ELSE 'RUNNING'
            END
        END AS words
    FROM run
)
SELECT string_agg(words, '; ' ORDER BY opened_at, nth)
FROM told
GROUP BY id
ORDER BY id
