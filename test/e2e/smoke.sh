#!/usr/bin/env bash
# A walk through each of the five documented APIs with nothing but curl:
#   bash test/e2e/smoke.sh [https://your-api.example [photos|uploads|accounts|exchange|movies ...]]
# Only an administrator may write movies. Against the local stack the script makes one; elsewhere ADMIN_USERNAME and
# ADMIN_PASSWORD must name one, or that part is skipped.
set -euo pipefail
api=${1:-http://127.0.0.1:8787}
walks=("${@:2}")
[[ ${#walks[@]} -gt 0 ]] || walks=(photos uploads accounts exchange movies)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

pixels=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAAEUlEQVR4AQEGAPn/AAECAAQFACAADZ+N/dsAAAAASUVORK5CYII=
printf '%s' "$pixels" | base64 -d >"$dir/photo.png"

# call METHOD PATH [curl options]: writes the body to $dir/body and the status to $status
call() {
  local method=$1 url=$2
  shift 2
  [[ $url == http* ]] || url=$api$url
  status=$(curl -sS -o "$dir/body" -w '%{http_code}' -X "$method" "$url" "$@")
}
# field NAME: the first value of that name in the JSON body
field() { grep -o "\"$1\":\(\"[^\"]*\"\|[^,}]*\)" "$dir/body" | head -n 1 | sed -e 's/^[^:]*://' -e 's/^"//' -e 's/"$//'; }
expect() {
  if [[ $status != "$1" ]]; then
    printf 'FAILED  %s: expected %s, got %s\n%s\n' "$2" "$1" "$status" "$(head -c 500 "$dir/body")" >&2
    exit 1
  fi
  printf 'ok  %s  %s\n' "$status" "$2"
}
register() { call POST /register -H 'Content-Type: application/json' -d "{\"username\":\"$1\",\"password\":\"a long secret\"}"; }

is() {
  if [[ $1 != "$2" ]]; then
    printf 'FAILED  %s: expected %s, got %s\n%s\n' "$3" "$2" "$1" "$(head -c 500 "$dir/body")" >&2
    exit 1
  fi
}
who=smoke-$(date +%s)-$RANDOM
bearer() { echo "Authorization: Bearer $1"; }

# P: drafts, posted photos, the feed
photos() {
  call GET /hello; expect 200 'hello'
  register "$who"; expect 201 "register $who"
  register "$who"; expect 409 'the name is taken'
  call POST /login -d "username=$who" -d 'password=wrong'; expect 401 'a wrong password is refused'
  call POST /login -d "username=$who" --data-urlencode 'password=a long secret'; expect 200 'log in'
  access=$(field access_token) refresh=$(field refresh_token)
  me=(-H "Authorization: Bearer $access")

  call POST /upload-photo "${me[@]}" -F "file=@$dir/photo.png" -F 'caption=First light'; expect 201 'upload a photo'
  id=$(field id)
  call GET /my-drafts "${me[@]}"; expect 200 'list the draft'
  [[ $(field id) == "$id" ]]

  register "$who-friend"; expect 201 'a friend registers'
  friend=(-H "Authorization: Bearer $(field access_token)")
  call GET "/photo/$id" "${friend[@]}"; expect 404 'the friend does not see the draft'
  call POST "/post-photo/$id" "${me[@]}"; expect 200 'post it'
  [[ $(field posted) == 1 ]]
  call GET "/all-photos?user=$who&order=DESC" "${friend[@]}"; expect 200 'the friend sees it in the feed'
  [[ $(field id) == "$id" && $(field caption) == 'First light' ]]
  call GET "$(field url)"; expect 200 'and downloads it by its signed URL'
  cmp -s "$dir/body" "$dir/photo.png"

  call POST /token/refresh -H "Authorization: Bearer $refresh"; expect 200 'refresh'
  renewed=(-H "Authorization: Bearer $(field access_token)")
  call DELETE /logout/access "${me[@]}"; expect 200 'revoke the first access token'
  call GET /my-photos "${me[@]}"; expect 401 'it no longer works'
  call GET /my-photos "${renewed[@]}"; expect 200 'the new access token works'
  call DELETE "/delete-photo/$id" "${renewed[@]}"; expect 200 'delete the photo'
  call GET "/photo/$id" "${friend[@]}"; expect 404 'it no longer exists'
  call DELETE /logout/refresh -H "Authorization: Bearer $refresh"; expect 200 'revoke the refresh token'
  call POST /refresh -H "Authorization: Bearer $refresh"; expect 401 'it can no longer refresh'
  call GET /logout "${renewed[@]}"; expect 200 'end the session'
  call GET /auth/verify "${renewed[@]}"; expect 401 'its tokens no longer work'
}

# U: registration, a form's upload, the limit
uploads() {
  call POST /registration -d "username=$who-u" -d password=test; expect 201 'register by a form'
  local refresh; refresh=$(field refresh_token)
  local me=(-H "$(bearer "$(field access_token)")")
  local i
  for i in 1 2 3 4 5; do call POST /file "${me[@]}" -F "file=@$dir/photo.png"; expect 201 "upload $i"; done
  call POST /file "${me[@]}" -F "file=@$dir/photo.png"; expect 429 'one too many in a minute'
  is "$(field message)" '5 per 1 minute' 'the message of the limit'
  call POST /token/refresh -H "$(bearer "$refresh")"; expect 200 'refresh'
  call GET /users "${me[@]}"; expect 200 'list the users'
  call POST /logout/access "${me[@]}"; expect 200 'revoke the access token'
  call POST /logout/refresh -H "$(bearer "$refresh")"; expect 200 'revoke the refresh token'
}

# H: accounts by e-mail address, under /api
accounts() {
  call POST /api/register -H 'Content-Type: application/json' \
    -d "{\"username\":\"$who-h\",\"email\":\"$who@example.com\",\"password\":\"a long secret\"}"; expect 201 'register with an e-mail address'
  call POST /api/login -H 'Content-Type: application/json' \
    -d "{\"email\":\"$who@example.com\",\"password\":\"a long secret\"}"; expect 200 'log in with it'
  local access refresh
  access=$(field access_token) refresh=$(field refresh_token)
  call GET /api/token/refresh -H "$(bearer "$refresh")"; expect 200 'refresh'
  call DELETE /api/logout/access -H "$(bearer "$access")"; expect 200 'revoke the access token'
  call GET /auth/me -H "$(bearer "$access")"; expect 401 'it no longer works'
  call DELETE /api/logout/refresh -H "$(bearer "$refresh")"; expect 200 'revoke the refresh token'
}

# X: operators hand files to clients
exchange() {
  local ops client
  call POST /ops/signup -d "username=$who" -d password=test; expect 201 'an operator signs up'
  call POST /client/signup -d "username=$who" -d password=other; expect 201 'and a client of that name'
  call POST /ops/login -d "username=$who" -d password=test; expect 200 'the operator logs in'
  ops=$(cat "$dir/body")
  call POST /client/login -d "username=$who" -d password=other; expect 200 'and the client'
  client=$(cat "$dir/body")
  call POST /ops/upload -H "$(bearer "$ops")" -F "request_file=@$dir/photo.png;filename=contact sheet ü.png"; expect 201 'upload a file'
  is "$(cat "$dir/body")" 'File uploaded' 'the answer'
  call POST /ops/upload -H "$(bearer "$ops")" -F "request_file=@$dir/photo.png;filename=contact sheet ü.png"; expect 409 'a second file of that name is refused'
  call POST /ops/upload -H "$(bearer "$client")" -F "request_file=@$dir/photo.png"; expect 403 'a client may not upload'
  call GET "/client/files/$who" -H "$(bearer "$client")"; expect 200 'the client lists it'
  is "$(cat "$dir/body")" 'contact sheet ü.png' 'the list'
  call GET "/client/files/$who/contact%20sheet%20%C3%BC.png" -H "$(bearer "$client")"; expect 200 'and downloads it'
  cmp -s "$dir/body" "$dir/photo.png"
  call DELETE "/ops/files/contact%20sheet%20%C3%BC.png" -H "$(bearer "$ops")"; expect 200 'the operator removes it'
  call GET /logout -H "$(bearer "$client")"; expect 200 'the client logs out'
  call GET "/client/files/$who" -H "$(bearer "$client")"; expect 401 'its token no longer works'
}

# M: people, and the catalogue
movies() {
  call POST /register -H 'Content-Type: application/json' \
    -d "{\"username\":\"$who-m\",\"name\":\"Mo\",\"password\":\"test\"}"; expect 201 'register'
  is "$(field 'User created successfuly' | sed 's/.*: //')" "$who-m" 'the documented key names the user'
  call POST /auth -d "username=$who-m" -d password=test; expect 200 'log in'
  local me=(-H "$(bearer "$(field access_token)")") refresh
  refresh=$(field refresh_token)
  call GET /auth/verify "${me[@]}"; expect 200 'verify the token'
  call GET /auth/me "${me[@]}"; expect 200 'who am I'
  call POST /auth/refresh -H 'Content-Type: application/json' -d "{\"refresh_token\":\"$refresh\"}"; expect 200 'refresh with the token in the body'
  call POST /add_movies "${me[@]}" -H 'Content-Type: application/json' -d '{}'; expect 403 'only administrators may write'
  call GET "/movies?q=batman" "${me[@]}"; expect 200 'search'

  if [[ -n ${ADMIN_USERNAME:-} ]]; then
    call POST /auth -d "username=$ADMIN_USERNAME" --data-urlencode "password=${ADMIN_PASSWORD:-}"; expect 200 'an administrator logs in'
    me=(-H "$(bearer "$(field access_token)")")
  elif [[ $api == http://127.0.0.1:* ]]; then
    PORT=${PORT:-${api##*:}} npm run --silent admin -- grant "$who-m"
  else
    echo 'skipped  the movie catalogue: ADMIN_USERNAME and ADMIN_PASSWORD are not set'
    return
  fi
  printf '[{"name":"%s","99popularity":83.0,"director":"Tim Burton","genre":["Action"," Drama"],"imdb_score":7.5},
    {"name":"%s","99popularity":60.0,"director":"Leslie H. Martinson","genre":["Comedy"],"imdb_score":6.5}]' "$who" "$who" >"$dir/movies.json"
  call POST '/upload?dry_run=true' "${me[@]}" -F "file=@$dir/movies.json"; expect 200 'try an import'
  call POST /upload "${me[@]}" -F "file=@$dir/movies.json"; expect 200 'import two movies of one name'
  is "$(field added)" 2 'both are added'
  call POST /upload "${me[@]}" -F "file=@$dir/movies.json"; expect 200 'import them again'
  is "$(field unchanged)" 2 'nothing has changed'
  call POST /add_movies "${me[@]}" -H 'Content-Type: application/json' \
    -d "{\"movie_name\":\"$who\",\"popularity\":1,\"imdbScore\":1,\"genre\":[],\"director\":\"Another\"}"; expect 201 'add a third'
  local id; id=$(field id)
  call POST /update_movies "${me[@]}" -H 'Content-Type: application/json' -d "{\"id\":$id,\"popularity\":2}"; expect 200 'change it'
  call POST "/search_movies_id/$id" "${me[@]}"; expect 200 'read it'
  is "$(field popularity)" 2 'the new popularity'
  local left; left=$id
  while [[ -n $left && $left != null ]]; do
    call DELETE "/movies/$left" "${me[@]}"; expect 204 'remove it'
    call GET "/movies?q=$who" "${me[@]}"; expect 200 'search for the rest'
    left=$(field id) || left=
  done
  call GET /logout "${me[@]}"; expect 200 'log out'
}

for walk in "${walks[@]}"; do
  printf -- '-- %s\n' "$walk"
  "$walk"
done
echo "Everything works at $api."
