DROP TRIGGER movie_genres_follow;
--> statement-breakpoint
CREATE TRIGGER movie_genres_follow_name AFTER UPDATE OF name ON movies WHEN old.name <> new.name BEGIN
  UPDATE movie_genres SET name = new.name WHERE movie_id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER movie_genres_follow_popularity AFTER UPDATE OF popularity ON movies WHEN old.popularity <> new.popularity BEGIN
  UPDATE movie_genres SET popularity = new.popularity WHERE movie_id = new.id;
END;
--> statement-breakpoint
CREATE TRIGGER movie_genres_follow_score AFTER UPDATE OF imdb_score ON movies WHEN old.imdb_score <> new.imdb_score BEGIN
  UPDATE movie_genres SET imdb_score = new.imdb_score WHERE movie_id = new.id;
END;
