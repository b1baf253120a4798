CREATE VIRTUAL TABLE movies_fts USING fts5(name, director, content='movies', content_rowid='id', tokenize="unicode61 remove_diacritics 2", prefix='2 3');
--> statement-breakpoint
CREATE TRIGGER movies_fts_insert AFTER INSERT ON movies BEGIN
  INSERT INTO movies_fts(rowid, name, director) VALUES (new.id, new.name, new.director);
END;
--> statement-breakpoint
CREATE TRIGGER movies_fts_delete AFTER DELETE ON movies BEGIN
  INSERT INTO movies_fts(movies_fts, rowid, name, director) VALUES ('delete', old.id, old.name, old.director);
END;
--> statement-breakpoint
CREATE TRIGGER movies_fts_update AFTER UPDATE OF name, director ON movies WHEN old.name <> new.name OR old.director <> new.director BEGIN
  INSERT INTO movies_fts(movies_fts, rowid, name, director) VALUES ('delete', old.id, old.name, old.director);
  INSERT INTO movies_fts(rowid, name, director) VALUES (new.id, new.name, new.director);
END;
--> statement-breakpoint
CREATE TRIGGER movie_genres_follow AFTER UPDATE OF name, popularity, imdb_score ON movies BEGIN
  UPDATE movie_genres SET name = new.name, popularity = new.popularity, imdb_score = new.imdb_score WHERE movie_id = new.id;
END;
