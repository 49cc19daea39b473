-- Undo: drop column device.hotline (SQLite)
-- Data: no row changes

-- undo: drop column device.hotline
ALTER TABLE "device" ADD COLUMN "hotline" TEXT;
