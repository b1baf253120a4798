-- What movies are found by. The Worker makes the texts (src/domain/movies/searchText.ts), so a full stop, a plus and the like are part of a word.
CREATE VIRTUAL TABLE movie_texts USING fts5(title, director, tokenize="ascii tokenchars '!#$%&()*+,-./:;<=>?@[]^_`{|}~'", prefix='1 2 3 4');
--> statement-breakpoint
CREATE TABLE `movie_words` (
	`word` text PRIMARY KEY NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `movie_text_queue` (
	`first` integer PRIMARY KEY NOT NULL,
	`last` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO movie_text_queue (first, last) SELECT (SELECT min(id) FROM movies), (SELECT max(id) FROM movies) WHERE EXISTS (SELECT 1 FROM movies);
--> statement-breakpoint
ALTER TABLE `import_rows` ADD `title_text` text DEFAULT '' NOT NULL;
--> statement-breakpoint
ALTER TABLE `import_rows` ADD `director_text` text DEFAULT '' NOT NULL;
--> statement-breakpoint
-- movies_fts itself stays, for the searches of the Worker that still runs while this migrates; nothing writes it any more.
DROP TRIGGER movies_fts_insert;
--> statement-breakpoint
DROP TRIGGER movies_fts_delete;
--> statement-breakpoint
DROP TRIGGER movies_fts_update;
--> statement-breakpoint
CREATE TRIGGER movie_texts_added AFTER INSERT ON movies BEGIN
  INSERT OR IGNORE INTO movie_text_queue (first, last) VALUES (new.id, new.id);
END;
--> statement-breakpoint
CREATE TRIGGER movie_texts_renamed AFTER UPDATE OF name, director ON movies WHEN old.name <> new.name OR old.director <> new.director BEGIN
  INSERT OR IGNORE INTO movie_text_queue (first, last) VALUES (new.id, new.id);
END;
--> statement-breakpoint
-- The rowid is that of src/domain/movies/search.ts: the most popular movies come first.
CREATE TRIGGER movie_texts_moved AFTER UPDATE OF popularity ON movies WHEN cast(old.popularity AS integer) <> cast(new.popularity AS integer) BEGIN
  UPDATE movie_texts SET rowid = ((100 - cast(new.popularity AS integer)) << 40) | new.id
  WHERE rowid = ((100 - cast(old.popularity AS integer)) << 40) | old.id;
END;
--> statement-breakpoint
CREATE TRIGGER movie_texts_removed AFTER DELETE ON movies BEGIN
  DELETE FROM movie_texts WHERE rowid = ((100 - cast(old.popularity AS integer)) << 40) | old.id;
END;
