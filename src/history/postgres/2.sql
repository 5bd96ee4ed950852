CREATE INDEX IF NOT EXISTS aipp_rows_in_order ON aipp_rows (recorded, id);
CREATE INDEX IF NOT EXISTS aipp_rows_of_metric ON aipp_rows (metric, recorded, id);
