using System.Runtime.InteropServices;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Engine.Tests.Scheduling;

/// <summary>
/// A model whose next token is a hash of everything its KV cache holds for the sequence, so that a single wrong, missing
/// or foreign cell changes the answer. Refuses what llama.cpp would end the process for.
/// </summary>
internal sealed class FakeModel(int sequences, int contextLength, KvLayout layout, int cells) : IModelContext
{
    public const int Vocabulary = 97;
    public const int EndToken = 0;

    private readonly List<Cell>[] _contents = [.. Enumerable.Range(0, sequences).Select(_ => new List<Cell>())];

    /// <summary>Streams whose copy waits for the next decode.</summary>
    private readonly HashSet<int> _copies = [];

    /// <summary>Tokens that a sequence was restored with.</summary>
    private readonly int[] _restored = new int[sequences];
    private readonly float[] _logits = new float[Vocabulary];
    private readonly Dictionary<int, int[]> _historyByIndex = [];

    public int VocabularySize => Vocabulary;

    /// <summary>How many sequences it holds.</summary>
    public int Sequences => sequences;

    /// <summary>Whether a part of a sequence can be removed, which recurrent models refuse.</summary>
    public bool CanCut { get; init; } = true;

    /// <summary>Whether a state lacks what is needed to cut it.</summary>
    public bool HasWindow { get; init; }

    /// <summary>Whether several tokens are likely, as <see cref="LogitsAfter"/> says, and not the one alone.</summary>
    public bool IsUncertain { get; init; }

    /// <summary>What follows a history; null for <see cref="Next"/>.</summary>
    public Func<int[], int>? Follows { get; init; }

    /// <summary>Decodes so far.</summary>
    public int Decodes { get; private set; }

    /// <summary>Decodes that were refused for want of cells.</summary>
    public int Refused { get; private set; }

    /// <summary>How the next decode fails; null when it succeeds.</summary>
    public DecodeFailure? NextFailure { get; set; }

    /// <summary>Called with every batch that is evaluated, before the rest.</summary>
    public Action<StepBatch>? Evaluating { get; set; }

    /// <summary>Whether the next state is refused.</summary>
    public bool NextLoadFails { get; set; }

    public static Vocabulary CreateVocabulary() => new(
        new TokenPieces(
            Vocabulary,
            (token, destination) =>
            {
                if (destination.Length > 0)
                    destination[0] = (byte)(' ' + (token % 95));
                return 1;
            },
            token => token == EndToken),
        token => token == EndToken);

    /// <summary>The token that follows <paramref name="history"/>.</summary>
    public static int Next(IEnumerable<int> history)
    {
        uint hash = 2166136261;
        foreach (int token in history)
            hash = (hash ^ (uint)token) * 16777619;
        return (int)((hash >> 7) % Vocabulary);
    }

    /// <summary>The logits of an uncertain model, from 0 to 4 as the hash has it.</summary>
    public static float[] LogitsAfter(IReadOnlyCollection<int> history) =>
        [.. Enumerable.Range(0, Vocabulary).Select(token => 4f * Next(history.Append(token)) / Vocabulary)];

    /// <summary>What the model alone, without any scheduler, answers.</summary>
    public static List<int> Answer(IReadOnlyList<int> prompt, int maxTokens)
    {
        List<int> history = [.. prompt];
        while (history.Count < prompt.Count + maxTokens)
        {
            history.Add(Next(history));
            if (history[^1] == EndToken)
                break;
        }

        return history[prompt.Count..];
    }

    public DecodeStatus Decode(StepBatch batch)
    {
        int distinct = _contents.SelectMany(content => content).Distinct().Count();
        if (layout == KvLayout.Unified && distinct + batch.Count > cells)
        {
            Refused++;
            return DecodeStatus.NoKvSlot;
        }

        Decodes++;
        Evaluating?.Invoke(batch);
        _copies.Clear();
        _historyByIndex.Clear();
        DecodeFailure? failure = NextFailure;
        NextFailure = null;
        for (int i = 0; i < (failure is null ? batch.Count : Math.Min(failure.Stored, batch.Count)); i++)
        {
            List<Cell> content = _contents[batch.Sequences[i]];
            if (batch.Positions[i] != content.Count || content.Count >= contextLength)
                throw new InvalidOperationException($"position {batch.Positions[i]} follows {content.Count} cells");
            content.Add(new Cell(batch.Tokens[i]));
            if (batch.Logits[i] != 0)
                _historyByIndex[i] = [.. content.Select(cell => cell.Token)];
        }

        return failure is null ? DecodeStatus.Ok : failure.Status ?? throw new InvalidOperationException("the decode throws");
    }

    public Span<float> Logits(int index)
    {
        if (IsUncertain)
            return LogitsAfter(_historyByIndex[index]);
        Array.Clear(_logits);
        _logits[Follows?.Invoke(_historyByIndex[index]) ?? Next(_historyByIndex[index])] = 10;
        return _logits;
    }

    public bool Remove(int sequence, int from, int to)
    {
        from = Math.Max(from, 0);
        if (to >= 0)
            throw new NotSupportedException("the scheduler only cuts tails");
        if (from > 0 && !CanCut)
            return false;
        if (from > 0 && from < _restored[sequence])
            throw new InvalidOperationException("the window before that token is gone");
        _restored[sequence] = from == 0 ? 0 : _restored[sequence];
        if (from < _contents[sequence].Count)
            _contents[sequence].RemoveRange(from, _contents[sequence].Count - from);
        return true;
    }

    public void Clear()
    {
        _copies.Clear();
        Array.Clear(_restored);
        foreach (List<Cell> content in _contents)
            content.Clear();
    }

    public void Copy(int source, int destination, int from, int to)
    {
        if (layout == KvLayout.Streams && (from > 0 || (to >= 0 && to < contextLength)))
            throw new InvalidOperationException("a partial copy between streams aborts the process");
        if (_contents[destination].Count > 0)
            throw new InvalidOperationException("the destination is not empty");
        if (layout == KvLayout.Streams)
            _copies.UnionWith([source, destination]);
        int count = to < 0 ? _contents[source].Count : to;
        if (!CanCut && count < _contents[source].Count)
            throw new InvalidOperationException("a state copied whole counts as that of fewer tokens");
        if (count < _restored[source])
            throw new InvalidOperationException("the window before that token is gone");
        _restored[destination] = _restored[source];
        _contents[destination].AddRange(_contents[source].Take(count));
    }

    public long StateBytes(int sequence) => sizeof(int) * (1 + _contents[sequence].Count);

    public bool SaveState(int sequence, StateBuffer state)
    {
        RequireNoCopyOf(sequence);
        Span<int> values = MemoryMarshal.Cast<byte, int>(state.Slice(0, (int)state.Length));
        List<Cell> content = _contents[sequence];
        if (values.Length != 1 + content.Count)
            return false;
        values[0] = content.Count;
        for (int i = 0; i < content.Count; i++)
            values[1 + i] = content[i].Token;
        return true;
    }

    public bool LoadState(int sequence, StateBuffer state)
    {
        RequireNoCopyOf(sequence);
        Span<int> values = MemoryMarshal.Cast<byte, int>(state.Slice(0, (int)state.Length));
        _contents[sequence].Clear();
        int distinct = _contents.SelectMany(content => content).Distinct().Count();
        if (values[0] > contextLength || (layout == KvLayout.Unified && distinct + values[0] > cells))
            throw new InvalidOperationException("there is no room for the state");
        if (NextLoadFails)
        {
            NextLoadFails = false;
            return false;
        }

        foreach (int token in values[1..])
            _contents[sequence].Add(new Cell(token));
        _restored[sequence] = HasWindow ? values[0] : 0;
        return true;
    }

    public int MinPosition(int sequence) => _contents[sequence].Count == 0 ? -1 : CanCut ? 0 : MaxPosition(sequence);

    public int MaxPosition(int sequence) => _contents[sequence].Count - 1;

    public void Dispose()
    {
    }

    private void RequireNoCopyOf(int sequence)
    {
        if (_copies.Contains(sequence))
            throw new InvalidOperationException("the copy of this stream is not made yet");
    }

    /// <summary>A decode that fails after a part of it is done, as llama.cpp's does where one of several ubatches fails.</summary>
    /// <param name="Stored">Tokens of the batch whose cells it leaves behind.</param>
    /// <param name="Status">What it answers; null throws.</param>
    public sealed record DecodeFailure(int Stored, DecodeStatus? Status);

    /// <summary>By reference: cells that sequences share are one object.</summary>
    private sealed class Cell(int token)
    {
        public int Token { get; } = token;
    }
}
