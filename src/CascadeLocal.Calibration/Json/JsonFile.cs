using System.Text;
using System.Text.Json;

namespace CascadeLocal.Calibration.Json;

/// <summary>Reads a whole JSON file. Keys that are given twice are errors; a byte order mark and any line ends are fine.</summary>
internal static class JsonFile
{
    private static readonly string[] NotNumbers = ["-Infinity", "NaN", "Infinity"];

    /// <exception cref="DataFileException">The file cannot be read or is not JSON.</exception>
    public static JsonField Read(string file) => Parse(file, DataFile.ReadAllBytes(file));

    /// <param name="file">The file they are from.</param>
    /// <param name="bytes">The JSON.</param>
    /// <param name="firstLine">The line of the file on which they begin.</param>
    /// <exception cref="DataFileException">The bytes are not JSON.</exception>
    public static JsonField Parse(string file, ReadOnlySpan<byte> bytes, int firstLine = 1)
    {
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        Parser parser = new(file, bytes, firstLine);
        return parser.Parse();
    }

    private ref struct Parser(string file, ReadOnlySpan<byte> bytes, int firstLine)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private Utf8JsonReader _reader = new(bytes);
        private string _path = "";
        private long _counted;
        private readonly int _firstLine = firstLine;
        private int _line = firstLine;

        public JsonField Parse()
        {
            try
            {
                _reader.Read();
                JsonField root = Value();
                _path = "";
                _reader.Read();  // throws if there is more
                return root;
            }
            catch (JsonException e)
            {
                int line = (int)(e.LineNumber ?? 0);
                throw new DataFileException(file, _firstLine + line, _path, Describe(e, line));
            }
            catch (InvalidOperationException)
            {
                throw new DataFileException(file, Line(), _path, "is not UTF-8");
            }
        }

        private JsonField Value()
        {
            string path = _path;
            int line = Line();
            switch (_reader.TokenType)
            {
                case JsonTokenType.Number:
                    return new(
                        file,
                        line,
                        path,
                        _reader.TryGetDouble(out double number) ? number : double.PositiveInfinity,
                        _reader.TryGetInt64(out long integer) ? integer : null);
                case JsonTokenType.String:
                    return new(file, line, path, _reader.GetString()!);
                case JsonTokenType.StartObject:
                    return new(file, line, path, JsonTokenType.StartObject, Object(path));
                case JsonTokenType.StartArray:
                    return new(file, line, path, JsonTokenType.StartArray, Array(path));
                default:
                    return new(file, line, path, _reader.TokenType);
            }
        }

        private List<KeyValuePair<string, JsonField>> Object(string path)
        {
            List<KeyValuePair<string, JsonField>> members = [];
            HashSet<string> keys = [];
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
            {
                string key = _reader.GetString()!;
                _path = path.Length == 0 ? key : $"{path}.{key}";
                if (!keys.Add(key))
                    throw new DataFileException(file, Line(), _path, "is given twice");
                _reader.Read();
                members.Add(new(key, Value()));
            }

            return members;
        }

        private List<KeyValuePair<string, JsonField>> Array(string path)
        {
            List<KeyValuePair<string, JsonField>> items = [];
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                string key = $"[{items.Count}]";
                _path = path + key;
                items.Add(new(key, Value()));
            }

            return items;
        }

        // Lines are counted on from the last call; values come in file order.
        private int Line()
        {
            long start = Math.Min(_reader.TokenStartIndex, _bytes.Length);
            if (start > _counted)
            {
                _line += _bytes[(int)_counted..(int)start].Count((byte)'\n');
                _counted = start;
            }

            return _line;
        }

        private readonly string Describe(JsonException e, int line)
        {
            if (_bytes.Trim(" \t\r\n"u8).IsEmpty)
                return "the file is empty";
            ReadOnlySpan<byte> rest = _bytes;
            for (int i = 0; i < line; i++)
                rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
            int column = (int)Math.Min(e.BytePositionInLine ?? 0, rest.Length);
            foreach (string name in NotNumbers)
            {
                // The reader stops behind a sign.
                foreach (int at in (int[])[column, Math.Max(0, column - 1)])
                {
                    if (rest[at..].StartsWith(Encoding.ASCII.GetBytes(name)))
                        return $"is {name}, but must be a finite number";
                }
            }

            string problem = e.Message.Split(" LineNumber:", 2)[0];
            return $"this is not JSON: {problem}";
        }
    }
}
