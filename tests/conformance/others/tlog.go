// A log verified by Go's checksum database packages and by transparency-dev's Merkle package.
//
// Reads {"url", "key", "leaves", "earlier"} from standard input: the log's prefix, its verifier
// key, indexes to prove, and notes of earlier checkpoints. Writes what it verified as JSON.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type request struct {
	URL     string   `json:"url"`
	Key     string   `json:"key"`
	Leaves  []int64  `json:"leaves"`
	Earlier []string `json:"earlier"`
}

type verified struct {
	Size        int64  `json:"size"`
	Root        string `json:"root"`
	Inclusions  int    `json:"inclusions"`
	Consistency int    `json:"consistency"`
	Tiles       int    `json:"tiles"`
	Entries     int64  `json:"entries"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// get asks in HTTP/1.0 by hand: to compile net/http takes longer than all the rest.
func get(url string) []byte {
	host, name, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	connection, err := net.Dial("tcp", host)
	must(err)
	defer connection.Close()
	_, err = fmt.Fprintf(connection, "GET /%s HTTP/1.0\r\nHost: %s\r\n\r\n", name, host)
	must(err)
	answer, err := io.ReadAll(connection)
	must(err)
	head, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	status, _, _ := strings.Cut(string(head), "\r\n")
	if !strings.Contains(status, " 200 ") {
		must(fmt.Errorf("%s: %s", url, status))
	}
	return body
}

// open verifies a checkpoint's note and gives the tree that it signs.
func open(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		must(fmt.Errorf("not a checkpoint of %s", verifier.Name()))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

// served reads tiles of height 8 from the log; nothing in them is believed by the reader above it,
// which hands back to be kept what it has verified.
type served struct {
	url  string
	kept map[tlog.Tile][]byte
}

func path(t tlog.Tile) string {
	level := strconv.Itoa(t.L)
	if t.L < 0 {
		level = "entries"
	}
	// Go's names begin with the height, tile/8/0/000, and are otherwise the same.
	name := strings.SplitN(tlog.Tile{H: t.H, L: 0, N: t.N, W: t.W}.Path(), "/", 4)[3]
	return "/tile/" + level + "/" + name
}

func (s served) Height() int { return height }

func (s served) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, t := range tiles {
		if data, ok := s.kept[t]; ok {
			found[i] = data
			continue
		}
		found[i] = get(s.url + path(t))
		if len(found[i]) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path(t), len(found[i]))
		}
	}
	return found, nil
}

func (s served) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		s.kept[t] = data[i]
	}
}

func bundle(url string, size, number int64) [][]byte {
	width := min(size-number*256, 256)
	data := get(url + path(tlog.Tile{H: height, L: -1, N: number, W: int(width)}))
	entries := make([][]byte, width)
	for i := range entries {
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries[i] = data[2:end]
		data = data[end:]
	}
	if len(data) != 0 {
		must(fmt.Errorf("entry bundle %d is too long", number))
	}
	return entries
}

func raw(hashes []tlog.Hash) [][]byte {
	found := make([][]byte, len(hashes))
	for i := range hashes {
		found[i] = hashes[i][:]
	}
	return found
}

func main() {
	var asked request
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	verifier, err := note.NewVerifier(asked.Key)
	must(err)
	tree := open(get(asked.URL+"/checkpoint"), verifier)
	reader := tlog.TileHashReader(tree, served{asked.URL, map[tlog.Tile][]byte{}})
	root, err := tlog.TreeHash(tree.N, reader)
	must(err)
	if root != tree.Hash {
		must(fmt.Errorf("another root: %s", root))
	}
	done := verified{Size: tree.N, Root: base64.StdEncoding.EncodeToString(tree.Hash[:])}

	for _, index := range asked.Leaves {
		leaf := tlog.RecordHash(bundle(asked.URL, tree.N, index/256)[index%256])
		proved, err := tlog.ProveRecord(tree.N, index, reader)
		must(err)
		must(tlog.CheckRecord(proved, tree.N, tree.Hash, index, leaf))
		must(proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(tree.N), leaf[:],
			raw(proved), tree.Hash[:]))
		done.Inclusions++
	}

	for _, text := range asked.Earlier {
		old := open([]byte(text), verifier)
		proved, err := tlog.ProveTree(tree.N, old.N, reader)
		must(err)
		must(tlog.CheckTree(proved, tree.N, tree.Hash, old.N, old.Hash))
		must(proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old.N), uint64(tree.N),
			raw(proved), old.Hash[:], tree.Hash[:]))
		done.Consistency++
	}

	// Every tile: the reader gives no hash that the root does not commit to.
	for _, t := range tlog.NewTiles(height, 0, tree.N) {
		_, err := tlog.ReadTileData(t, reader)
		must(err)
		done.Tiles++
	}

	// Every entry, by the other package's own tree.
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	whole := factory.NewEmptyRange(0)
	for number := int64(0); number*256 < tree.N; number++ {
		for _, entry := range bundle(asked.URL, tree.N, number) {
			must(whole.Append(rfc6962.DefaultHasher.HashLeaf(entry), nil))
			done.Entries++
		}
	}
	found, err := whole.GetRootHash(nil)
	must(err)
	if string(found) != string(tree.Hash[:]) {
		must(fmt.Errorf("the entries have another root"))
	}
	must(json.NewEncoder(os.Stdout).Encode(done))
}
