#!/bin/sh
# Virtuoso 7 (Debian: virtuoso-opensource-7) over one N-Quads file, in a folder and on ports of its own.
#
#   bench/virtuoso.sh start FOLDER HTTP_PORT ISQL_PORT FILE.nq    start, load, print the SPARQL endpoint
#   bench/virtuoso.sh stop FOLDER                                 end it; the folder stays
#
# Virtuoso stores quads only, and its union of all graphs keeps duplicates. So the triples without a graph, a release's
# materialised default graph, go into the named graph below, and SYS_SPARQL_HOST makes it the default graph of every
# query that the protocol gives no dataset (the ini file's DefaultGraph does not). `GRAPH ?g` sees it too; Virtuoso's
# own graphs are hidden from it. With a default graph chosen so, `GRAPH <name>` finds nothing: VIRTUOSO_HOST has it chosen
# only for requests with that Host header (a pattern of LIKE), and then clients name a default graph where they need it.
# Settings from the environment: VIRTUOSO_MEMORY_MB (512), VIRTUOSO_ROWS_MAX (10000000), VIRTUOSO_TIMEOUT_S (60),
# VIRTUOSO_HOST (%).
set -eu

DEFAULT_GRAPH=https://w3id.org/habeas/graph/default
OWN_GRAPHS='http://www.openlinksw.com/schemas/virtrdf# http://localuriqaserver/sparql http://www.w3.org/ns/ldp#'
START_S=60

fail() {
  echo "virtuoso.sh: $1" >&2
  exit 1
}

write_configuration() { # folder, HTTP port, isql port
  memory_mb=${VIRTUOSO_MEMORY_MB:-512}
  cat >"$1/virtuoso.ini" <<INI
[Database]
DatabaseFile = $1/virtuoso.db
ErrorLogFile = $1/virtuoso.log
LockFile = $1/virtuoso.lck
TransactionFile = $1/virtuoso.trx
xa_persistent_file = $1/virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = $1/virtuoso-temp.db
TransactionFile = $1/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:$3
DisableUnixSocket = 1
CaseMode = 2
DirsAllowed = $1, $1/load
; 85 buffers of 8 kB and their upkeep take 1 MB
NumberOfBuffers = $((memory_mb * 85))
MaxDirtyBuffers = $((memory_mb * 60))
MaxQueryMem = 1G
MaxClientConnections = 80
ThreadsPerQuery = 2
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:$2
ServerRoot = $1
ServerThreads = 72
MaxKeepAlives = 72
KeepAliveTimeout = 10
Charset = UTF-8
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = ${VIRTUOSO_ROWS_MAX:-10000000}
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = ${VIRTUOSO_TIMEOUT_S:-60}
INI
}

ask() { # isql port, SQL
  isql-vt "127.0.0.1:$1" dba dba "ERRORS=STDOUT" VERBOSE=OFF BANNER=OFF PROMPT=OFF "EXEC=$2"
}

wait_until_open() { # folder, isql port
  for _ in $(seq "$START_S"); do
    kill -0 "$(cat "$1/pid")" 2>/dev/null || fail "it ended while starting: $(tail -n 3 "$1/virtuoso.log")"
    if ask "$2" "SELECT 1;" >/dev/null 2>&1; then return; fi
    sleep 1
  done
  fail "it did not open within $START_S s; see $1/virtuoso.log"
}

load() { # folder, isql port, file
  mkdir -p "$1/load"
  ln -sf "$(realpath "$3")" "$1/load/dataset.nq"
  ask "$2" "ld_dir('$1/load', 'dataset.nq', '$DEFAULT_GRAPH'); rdf_loader_run(); checkpoint;" >"$1/load.log" 2>&1
  failed=$(ask "$2" "SELECT ll_error FROM DB.DBA.LOAD_LIST WHERE ll_error IS NOT NULL OR ll_state <> 2;" | tr -d ' \n')
  [ -z "$failed" ] || fail "the file was not loaded: $failed"
}

choose_graphs() { # isql port
  hidden=
  for graph in $OWN_GRAPHS; do hidden="$hidden define input:named-graph-exclude <$graph>"; done
  ask "$1" "INSERT REPLACING DB.DBA.SYS_SPARQL_HOST (SH_HOST, SH_GRAPH_URI, SH_DEFINES)
    VALUES ('${VIRTUOSO_HOST:-%}', '$DEFAULT_GRAPH', '$hidden'); checkpoint;" >/dev/null
}

start() { # folder, HTTP port, isql port, file
  command -v virtuoso-t >/dev/null && command -v isql-vt >/dev/null || fail "install virtuoso-opensource-7 first"
  [ -f "$4" ] || fail "$4 is no file"
  mkdir -p "$1"
  folder=$(realpath "$1")
  write_configuration "$folder" "$2" "$3"
  virtuoso-t +foreground +configfile "$folder/virtuoso.ini" >"$folder/out.log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
  trap 'stop "$folder"' EXIT INT TERM
  wait_until_open "$folder" "$3"
  load "$folder" "$3" "$4"
  choose_graphs "$3"
  trap - EXIT INT TERM
  echo "http://127.0.0.1:$2/sparql"
}

stop() { # folder
  [ -f "$1/pid" ] || return 0
  pid=$(cat "$1/pid")
  rm "$1/pid"
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 20); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.5
  done
  kill -9 "$pid"
}

case "${1:-}:$#" in
  start:5) start "$2" "$3" "$4" "$5" ;;
  stop:2) stop "$2" ;;
  *) fail "usage: start FOLDER HTTP_PORT ISQL_PORT FILE.nq | stop FOLDER" ;;
esac
