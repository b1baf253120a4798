#!/usr/bin/env bash
# The whole story with nothing but curl: bash test/e2e/smoke.sh [https://your-api.example]
set -euo pipefail
api=${1:-http://127.0.0.1:8787}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

pixels=iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAAEUlEQVR4AQEGAPn/AAECAAQFACAADZ+N/dsAAAAASUVORK5CYII=
printf '%s' "$pixels" | base64 -d >"$dir/photo.png"

# call METHOD PATH [curl options]: the body goes to $dir/body, the status to $status
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

who=smoke-$(date +%s)-$RANDOM
call GET /hello; expect 200 'hello'
register "$who"; expect 201 "register $who"
register "$who"; expect 409 'the name is taken now'
call POST /login -d "username=$who" -d 'password=wrong'; expect 401 'a wrong password'
call POST /login -d "username=$who" --data-urlencode 'password=a long secret'; expect 200 'log in'
access=$(field access_token) refresh=$(field refresh_token)
me=(-H "Authorization: Bearer $access")

call POST /upload-photo "${me[@]}" -F "file=@$dir/photo.png" -F 'caption=First light'; expect 201 'upload a photo'
id=$(field id)
call GET /my-drafts "${me[@]}"; expect 200 'see the draft'
[[ $(field id) == "$id" ]]

register "$who-friend"; expect 201 'a friend registers'
friend=(-H "Authorization: Bearer $(field access_token)")
call GET "/photo/$id" "${friend[@]}"; expect 404 'the friend does not see the draft'
call POST "/post-photo/$id" "${me[@]}"; expect 200 'post it'
[[ $(field posted) == 1 ]]
call GET "/all-photos?user=$who&order=DESC" "${friend[@]}"; expect 200 'the friend sees it in the feed'
[[ $(field id) == "$id" && $(field caption) == 'First light' ]]
call GET "$(field url)"; expect 200 'and fetches its bytes by the signed URL'
cmp -s "$dir/body" "$dir/photo.png"

call POST /token/refresh -H "Authorization: Bearer $refresh"; expect 200 'refresh'
renewed=(-H "Authorization: Bearer $(field access_token)")
call DELETE /logout/access "${me[@]}"; expect 200 'log the first access token out'
call GET /my-photos "${me[@]}"; expect 401 'it is dead'
call GET /my-photos "${renewed[@]}"; expect 200 'the renewed one lives'
call DELETE "/delete-photo/$id" "${renewed[@]}"; expect 200 'delete the photo'
call GET "/photo/$id" "${friend[@]}"; expect 404 'it is gone'
call DELETE /logout/refresh -H "Authorization: Bearer $refresh"; expect 200 'log the refresh token out'
call POST /refresh -H "Authorization: Bearer $refresh"; expect 401 'it mints nothing any more'
call GET /logout "${renewed[@]}"; expect 200 'end the session'
call GET /auth/verify "${renewed[@]}"; expect 401 'all of it is dead'
echo "All of it works at $api."
