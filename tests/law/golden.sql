-- Every clock from each of the given instants, counted by PostgreSQL alone.
-- $1: GOV.UK's bank holidays as JSON. $2: the instants.
-- The figures are written here by hand, from domain.md: never copy them from a rule set.
WITH rule (clock, times, number, unit, until) AS (VALUES
    ('LOG', 0, 1, 'working day', '23:59'),
    ('CALL', 0, 2, 'working day', '16:30'),
    ('FIRST_UPDATE', 0, 28, 'calendar day', '23:59'),
    ('NEXT_UPDATE', 0, 28, 'calendar day', '23:59'),
    ('SERVICE_RECOVERY', 0, 28, 'calendar day', '23:59'),
    ('FORCE_TASK', 0, 5, 'working day', '23:59'),
    ('OFFER', 0, 14, 'calendar day', '23:59'),
    ('RECORD', 0, 0, 'calendar day', '23:59'),
    ('TRANSFER', 0, 0, 'calendar day', '23:59'),
    ('FORCE_ACKNOWLEDGEMENT', 0, 1, 'working day', '23:59'),
    ('URGENT_FORCE_ACKNOWLEDGEMENT', 0, 2, 'hour', NULL),
    ('FORCE_PROGRESS', 0, 23, 'calendar day', '23:59'),
    ('REFERRAL', 0, 1, 'calendar day', '23:59'),
    ('REG_13', 0, 12, 'month', '23:59'),
    ('REG_13', 1, 18, 'month', '23:59'),
    ('REG_13', 2, 24, 'month', '23:59'),
    ('OUTCOME_NOTICE', 0, 5, 'working day', '23:59'),
    ('SURVEY', 0, 5, 'working day', '23:59'),
    ('WITHDRAWAL_REPLY', 0, 28, 'calendar day', '23:59'),
    ('RESUMPTION_REPLY', 0, 28, 'calendar day', '23:59'),
    ('REVIEW_PERIOD', 0, 28, 'calendar day', '23:59'),
    ('REVIEW_ACKNOWLEDGE', 0, 5, 'working day', '23:59'),
    ('REVIEW_COMPLETE', 0, 28, 'working day', '23:59'),
    ('RECOMMENDATION_REPLY', 0, 28, 'calendar day', '23:59')
),
holiday AS (
    SELECT (event ->> 'date')::date AS day
    FROM jsonb_array_elements($1::jsonb -> 'events') AS event
),
working_day AS MATERIALIZED (
    SELECT day::date AS day, row_number() OVER (ORDER BY day) AS nth
    FROM generate_series(timestamp '2020-01-01', timestamp '2028-12-31', interval '1 day') AS day
    WHERE extract(isodow FROM day) < 6 AND day::date NOT IN (SELECT holiday.day FROM holiday)
),
start AS (
    SELECT
        counts_from,
        (counts_from AT TIME ZONE 'Europe/London')::date AS day,
        (SELECT count(*) FROM working_day
         WHERE working_day.day <= (counts_from AT TIME ZONE 'Europe/London')::date) AS before
    FROM unnest($2::timestamptz[]) AS counts_from
),
last_day AS (
    SELECT
        rule.*,
        counts_from,
        start.day AS first_day,
        CASE unit
            WHEN 'working day' THEN (SELECT day FROM working_day WHERE nth = before + number)
            WHEN 'calendar day' THEN start.day + number
            WHEN 'month' THEN (start.day + make_interval(months => number))::date
            WHEN 'hour' THEN
                ((counts_from + make_interval(hours => number)) AT TIME ZONE 'Europe/London')::date
        END AS due_on
    FROM rule CROSS JOIN start
)
-- A statutory date does not move off a weekend, so it is shown with the last working day on or
-- before it (domain 5.1.4). Where that day is over when the count begins, as on a Saturday for what
-- is due the same day, nobody can act on it any more: it is the first day then.
SELECT
    clock,
    times,
    counts_from,
    CASE unit
        WHEN 'hour' THEN counts_from + make_interval(hours => number)
        ELSE (due_on + until::time) AT TIME ZONE 'Europe/London'
    END AS due_at,
    due_on,
    greatest((SELECT max(day) FROM working_day WHERE day <= due_on), first_day) AS do_by
FROM last_day
ORDER BY counts_from, clock, times
