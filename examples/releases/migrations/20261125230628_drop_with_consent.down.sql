-- Down: undoes drop column device.hotline (SQLite)
-- Data: values of device.hotline are lost
-- Hazard H12: see `cargo schema explain H12`

-- drop column device.hotline
ALTER TABLE "device" ADD COLUMN "hotline" TEXT;
