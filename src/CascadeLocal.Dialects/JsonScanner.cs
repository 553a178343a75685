using System.Text;

namespace CascadeLocal.Dialects;

internal enum JsonProgress
{
    /// <summary>The value goes on.</summary>
    Inside,

    /// <summary>The value ends with this character.</summary>
    Complete,

    /// <summary>The value, a number, has ended before this character.</summary>
    CompleteBefore,

    /// <summary>This character cannot stand here.</summary>
    Invalid,
}

/// <summary>
/// Follows one JSON value character by character. In strings it takes control characters and backslashes that begin no escape, as models write
/// them: <see cref="Written"/> has them as JSON wants them.
/// </summary>
internal sealed class JsonScanner
{
    /// <summary>Arrays and objects inside one another.</summary>
    internal const int MaxDepth = 256;

    private readonly bool[] _objects = new bool[MaxDepth];
    private int _depth;
    private State _state;
    private bool _isKey;
    private string _rest = "";
    private int _restAt;
    private readonly char[] _code = new char[5];
    private int _codeLength;
    private readonly StringBuilder _written = new();

    private enum State
    {
        Value, ValueOrEnd, Key, KeyOrEnd, Colon, CommaOrEnd, String, Escape, Hex, Word, Minus, Zero, Whole, Point, Fraction, Exponent, Sign, Power,
    }

    /// <summary>
    /// What the last character adds to the value as proper JSON. An escaped code is held back until it is whole; where it is none, or the text
    /// ends, it comes with what follows.
    /// </summary>
    internal StringBuilder Written => _written;

    internal void Reset()
    {
        _depth = 0;
        _codeLength = 0;
        _state = State.Value;
    }

    internal JsonProgress Push(int next)
    {
        _written.Clear();
        if (next < 0)
        {
            WriteCode();
            return IsWholeNumber && _depth == 0 ? JsonProgress.CompleteBefore : JsonProgress.Invalid;
        }

        char c = (char)next;
        switch (_state)
        {
            case State.String:
                return InString(c);
            case State.Escape:
                return Escape(c);
            case State.Hex:
                return Hex(c);
        }

        JsonProgress progress = Outside(c);
        if (progress is JsonProgress.Inside or JsonProgress.Complete)
            _written.Append(c);
        return progress;
    }

    /// <summary>A character that is part of no string, or begins one.</summary>
    private JsonProgress Outside(char c) => _state switch
    {
        State.Word => c != _rest[_restAt] ? JsonProgress.Invalid : ++_restAt == _rest.Length ? Ended() : JsonProgress.Inside,
        >= State.Minus => Number(c),
        _ when c is ' ' or '\n' or '\r' or '\t' => JsonProgress.Inside,
        State.Colon => c == ':' ? Go(State.Value) : JsonProgress.Invalid,
        State.CommaOrEnd => c == ',' ? Go(_objects[_depth - 1] ? State.Key : State.Value) : Close(c),
        State.Key or State.KeyOrEnd => c == '"' ? BeginString(true) : _state == State.KeyOrEnd ? Close(c) : JsonProgress.Invalid,
        State.ValueOrEnd when c == ']' => Close(c),
        _ => Value(c),
    };

    private bool IsWholeNumber => _state is State.Zero or State.Whole or State.Fraction or State.Power;

    private JsonProgress Go(State state)
    {
        _state = state;
        return JsonProgress.Inside;
    }

    private JsonProgress Value(char c) => c switch
    {
        '{' or '[' => Open(c == '{'),
        '"' => BeginString(false),
        '-' => Go(State.Minus),
        '0' => Go(State.Zero),
        >= '1' and <= '9' => Go(State.Whole),
        't' => Word("true"),
        'f' => Word("false"),
        'n' => Word("null"),
        _ => JsonProgress.Invalid,
    };

    private JsonProgress Word(string word)
    {
        (_rest, _restAt) = (word, 1);
        return Go(State.Word);
    }

    private JsonProgress BeginString(bool isKey)
    {
        _isKey = isKey;
        return Go(State.String);
    }

    private JsonProgress InString(char c)
    {
        if (c < ' ')
            _written.Append(JsonCalls.Escape(c));
        else
            _written.Append(c);
        return c switch
        {
            '\\' => Go(State.Escape),
            '"' => _isKey ? Go(State.Colon) : Ended(),
            _ => Go(State.String),
        };
    }

    private JsonProgress Escape(char c)
    {
        switch (c)
        {
            case 'u':
                _code[_codeLength++] = c;
                return Go(State.Hex);
            case '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't':
                _written.Append(c);
                return Go(State.String);
            default:
                _written.Append('\\');
                return InString(c);
        }
    }

    private JsonProgress Hex(char c)
    {
        if (!char.IsAsciiHexDigit(c))
        {
            // As in a path or in LaTeX: no code, but a backslash and letters.
            _written.Append('\\');
            WriteCode();
            return InString(c);
        }

        _code[_codeLength++] = c;
        if (_codeLength < _code.Length)
            return JsonProgress.Inside;
        WriteCode();
        return Go(State.String);
    }

    private void WriteCode()
    {
        _written.Append(_code, 0, _codeLength);
        _codeLength = 0;
    }

    private JsonProgress Open(bool isObject)
    {
        if (_depth == MaxDepth)
            return JsonProgress.Invalid;
        _objects[_depth++] = isObject;
        return Go(isObject ? State.KeyOrEnd : State.ValueOrEnd);
    }

    private JsonProgress Close(char c)
    {
        if (c != (_objects[_depth - 1] ? '}' : ']'))
            return JsonProgress.Invalid;
        _depth--;
        return Ended();
    }

    private JsonProgress Ended()
    {
        _state = State.CommaOrEnd;
        return _depth == 0 ? JsonProgress.Complete : JsonProgress.Inside;
    }

    private JsonProgress Number(char c)
    {
        bool isDigit = char.IsAsciiDigit(c);
        State? next = _state switch
        {
            State.Minus => c == '0' ? State.Zero : isDigit ? State.Whole : null,
            State.Whole when isDigit => State.Whole,
            State.Zero or State.Whole when c == '.' => State.Point,
            State.Point or State.Fraction when isDigit => State.Fraction,
            State.Zero or State.Whole or State.Fraction when c is 'e' or 'E' => State.Exponent,
            State.Exponent when c is '+' or '-' => State.Sign,
            State.Exponent or State.Sign or State.Power when isDigit => State.Power,
            _ => null,
        };
        if (next is { } state)
            return Go(state);
        if (!IsWholeNumber)
            return JsonProgress.Invalid;
        if (_depth == 0)
            return JsonProgress.CompleteBefore;
        Ended();
        return Outside(c);
    }
}
