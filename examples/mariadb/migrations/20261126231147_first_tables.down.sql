-- Undo: create play and 1 more (2 steps) (MariaDB)
-- Data: all rows of recording are lost
-- Data: all rows of play are lost

-- undo: create table recording
DROP TABLE `recording`;

-- undo: create table play
DROP TABLE `play`;
