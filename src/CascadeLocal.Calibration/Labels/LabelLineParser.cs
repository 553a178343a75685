using System.Globalization;
using System.Text.Json;

using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.Labels;

/// <summary>Parses one line of a label file. Keys it does not know are skipped.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="line">The line, for messages.</param>
/// <param name="bytes">The line without its end.</param>
/// <param name="withSignals">Whether the figures of single tokens are wanted, which are most of a file.</param>
internal ref struct LabelLineParser(string file, int line, ReadOnlySpan<byte> bytes, bool withSignals)
{
    /// <summary>Far above every time in ms, and every cost, there is.</summary>
    private const double Greatest = 1e12;

    // Up to here a float tells whole numbers apart.
    private const float MostCharacters = 1 << 24;

    private static readonly string[] Keys =
    [
        "id", "prompt", "model", "correct", "graded_by", "run", "task", "output", "finish_reason", "finish", "prompt_tokens", "output_tokens", "ttft_ms",
        "tpot_ms", "e2el_ms", "cost_usd", "cost", "confidence", "token_logprobs", "token_entropies", "token_margins", "top5_logprobs", "token_ends", "kind",
    ];

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private Utf8JsonReader _reader = new(bytes);
    private string _field = "";

    /// <exception cref="DataFileException">The line is no JSON object, or a field is missing or wrong.</exception>
    public LabelLine Parse()
    {
        try
        {
            return ParseObject();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            JsonFile.Parse(file, _bytes, line);  // says what is wrong with the JSON
            throw Wrong(e.Message);
        }
    }

    private LabelLine ParseObject()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
            throw Wrong("a row must be an object");
        string? id = null, prompt = null, model = null, gradedBy = null, task = null, output = null, finish = null;
        double? correct = null, ttft = null, tpot = null, e2el = null, cost = null;
        int? promptTokens = null, outputTokens = null;
        RequestKind kind = RequestKind.Plain;
        int run = 0;
        float? confidence = null;
        float[]? logprobs = null, entropies = null, margins = null;
        float[][]? top5 = null;
        int[]? ends = null;
        bool truth = false;
        uint seen = 0;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            int key = KeyIndex(ref seen);
            _reader.Read();
            switch (key < 0 ? "" : Keys[key])
            {
                case "id": id = Id(); break;
                case "prompt": prompt = Text(); break;
                case "model": model = Text(); break;
                case "correct": correct = Correct(out truth); break;
                case "graded_by": gradedBy = OptionalText(); break;
                case "kind": kind = KindOf(OptionalText()); break;
                case "run": run = Count() ?? throw Wrong("is null, but must be a whole number"); break;
                case "task": task = OptionalText(); break;
                case "output": output = OptionalText(); break;
                case "finish_reason" or "finish": finish = OptionalText(); break;
                case "prompt_tokens": promptTokens = Count(); break;
                case "output_tokens": outputTokens = Count(); break;
                case "ttft_ms": ttft = Amount(); break;
                case "tpot_ms": tpot = Amount(); break;
                case "e2el_ms": e2el = Amount(); break;
                case "cost_usd" or "cost": cost = Amount(); break;
                case "confidence": confidence = Confidence(); break;
                case "token_logprobs" when withSignals: logprobs = Floats(); break;
                case "token_entropies" when withSignals: entropies = Floats(); break;
                case "token_margins" when withSignals: margins = Floats(); break;
                case "top5_logprobs" when withSignals: top5 = Rows(); break;
                case "token_ends" when withSignals: ends = Ends(); break;
                default: _reader.Skip(); break;
            }
        }

        _field = "";
        _reader.Read();  // throws if there is more
        LabelRow row = new()
        {
            Id = id ?? throw Missing("id"),
            Prompt = prompt ?? "",
            Model = Name(model ?? throw Missing("model")),
            Correct = correct ?? throw Missing("correct"),
            GradedBy = gradedBy,
            Kind = kind,
            Run = run,
            Task = task,
            Output = output,
            FinishReason = finish,
            PromptTokens = promptTokens,
            OutputTokens = outputTokens,
            TtftMs = ttft,
            TpotMs = tpot,
            E2elMs = e2el,
            CostUsd = cost,
            Confidence = confidence,
            TokenLogprobs = logprobs,
            TokenEntropies = entropies,
            TokenMargins = margins,
            Top5Logprobs = top5,
            TokenEnds = ends,
        };
        CheckLengths(row);
        return new(row, prompt is not null, truth);
    }

    // It is printed as it is.
    private string Name(string model) => model.Length == 0 ? throw new DataFileException(file, line, "model", "is empty")
        : model.Any(char.IsControl) ? throw new DataFileException(file, line, "model", "holds a control character")
        : model;

    private int KeyIndex(ref uint seen)
    {
        int key = -1;
        for (int i = 0; i < Keys.Length && key < 0; i++)
        {
            if (_reader.ValueTextEquals(Keys[i]))
                key = i;
        }

        _field = key < 0 ? _reader.GetString()! : Keys[key];
        if (key < 0)
            return key;
        // Two names of one thing.
        string name = Keys[key] switch { "finish" => "finish_reason", "cost" => "cost_usd", _ => Keys[key] };
        uint bit = 1u << Array.IndexOf(Keys, name);
        if ((seen & bit) != 0)
        {
            throw Wrong(name switch
            {
                "finish_reason" => "finish_reason and finish are one thing, given twice",
                "cost_usd" => "cost_usd and cost are one thing, given twice",
                _ => "is given twice",
            });
        }

        seen |= bit;
        return key;
    }

    // Numbers are common as ids; 7 and "7" are one. The same number is the same id in a file of questions (JsonField.TextOrNumber).
    private readonly string Id() => _reader.TokenType != JsonTokenType.Number ? Text()
        : _reader.TryGetInt64(out long number) ? number.ToString(CultureInfo.InvariantCulture)
        : Number(-JsonField.GreatestExactInteger, JsonField.GreatestExactInteger).ToString("R", CultureInfo.InvariantCulture);

    private readonly string Text() => _reader.TokenType == JsonTokenType.String ? _reader.GetString()! : throw NotA("a string");

    private readonly string? OptionalText() => _reader.TokenType == JsonTokenType.Null ? null : Text();

    private readonly RequestKind KindOf(string? text)
    {
        foreach (RequestKind kind in Enum.GetValues<RequestKind>())
        {
            if ((text ?? "plain") == PolicyTerms.Of(kind))
                return kind;
        }

        throw Wrong($"is '{text}', but must be plain, tools or schema");
    }

    private readonly double Correct(out bool isTruthValue)
    {
        isTruthValue = _reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        return isTruthValue ? (_reader.TokenType == JsonTokenType.True ? 1 : 0) : Number(0, 1);
    }

    private readonly double? Amount() => _reader.TokenType == JsonTokenType.Null ? null : Number(0, Greatest);

    // ln of a probability; one that is too small to be told apart from none is as small as numbers get.
    private readonly float? Confidence()
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        double number = Number(-Greatest, double.MaxValue);
        return number <= 0 ? (float)number : throw Wrong(FormattableString.Invariant($"is {number}, but must be a log-probability, at most 0"));
    }

    private readonly int? Count()
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        double number = Number(0, int.MaxValue);
        return number == Math.Floor(number) ? (int)number : throw Wrong(FormattableString.Invariant($"is {number}, but must be a whole number"));
    }

    private readonly double Number(double least, double most)
    {
        if (_reader.TokenType != JsonTokenType.Number)
            throw NotA("a number");
        if (!_reader.TryGetDouble(out double number) || !double.IsFinite(number))
            throw Wrong("is too large for a number");
        return number >= least && number <= most
            ? number
            : throw Wrong(FormattableString.Invariant($"is {number}, but must be from {least} to {most}"));
    }

    private float[]? Floats()
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        if (_reader.TokenType != JsonTokenType.StartArray)
            throw NotA("an array");
        List<float> values = [];
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            values.Add((float)Number(-Greatest, Greatest));
        return [.. values];
    }

    private int[]? Ends()
    {
        if (Floats() is not { } values)
            return null;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != MathF.Floor(values[i]) || values[i] < (i == 0 ? 0 : values[i - 1]) || values[i] > MostCharacters)
                throw Wrong("must be whole numbers of characters that never fall");
        }

        return [.. values.Select(value => (int)value)];
    }

    private float[][]? Rows()
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        if (_reader.TokenType != JsonTokenType.StartArray)
            throw NotA("an array");
        List<float[]> rows = [];
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            rows.Add(Floats() ?? throw NotA("an array"));
        return [.. rows];
    }

    private readonly void CheckLengths(LabelRow row)
    {
        (string Field, int? Length)[] signals =
        [
            ("token_logprobs", row.TokenLogprobs?.Length), ("token_entropies", row.TokenEntropies?.Length),
            ("token_margins", row.TokenMargins?.Length), ("top5_logprobs", row.Top5Logprobs?.Length), ("token_ends", row.TokenEnds?.Length),
        ];
        (string Field, int? Length)[] given = [.. signals.Where(signal => signal.Length is not null)];
        foreach ((string field, int? length) in given)
        {
            if (length != given[0].Length)
                throw new DataFileException(file, line, field, $"has {length} tokens, but {given[0].Field} has {given[0].Length}");
        }

        if (row.TokenEnds is [.., int last] && last > (row.Output?.Length ?? int.MaxValue))
            throw new DataFileException(file, line, "token_ends", $"ends at {last}, but output has {row.Output!.Length} characters");
    }

    private readonly DataFileException Missing(string field) => new(file, line, field, "is missing");

    private readonly DataFileException Wrong(string problem) => new(file, line, _field, problem);

    private readonly DataFileException NotA(string expected) => Wrong($"is {Kind}, but must be {expected}");

    private readonly string Kind => _reader.TokenType switch
    {
        JsonTokenType.Null => "null",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Number => "a number",
        JsonTokenType.String => "a string",
        JsonTokenType.StartArray => "an array",
        _ => "an object",
    };
}
