using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// The tokens whose logits bias, bans and penalties change, and how to undo the changes. Only these few entries are
/// touched; the vocabulary is never copied.
/// </summary>
internal sealed class LogitEdits
{
    // Room for the tokens an answer usually brings, so that it seldom has to grow.
    private const int AnswerRoom = 512;

    // OpenAI's API: a bias of -100 bans a token.
    private const float BanningBias = -100;

    private readonly SamplingParameters _parameters;
    private readonly bool _penalizesAnswer;
    private readonly Dictionary<int, int> _positions;
    private readonly List<LogitEdit> _edits;
    private readonly List<float> _rawLogits;

    public LogitEdits(
        SamplingParameters parameters, int vocabularySize, ReadOnlySpan<int> promptTokens, ReadOnlySpan<int> bannedTokens)
    {
        _parameters = parameters;
        bool penalizesPrompt = parameters.RepetitionPenalty != 1;
        _penalizesAnswer = penalizesPrompt || parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0;
        int room = parameters.LogitBias.Count + bannedTokens.Length + (_penalizesAnswer ? AnswerRoom : 0)
            + (penalizesPrompt ? Math.Min(promptTokens.Length, vocabularySize) : 0);
        _positions = new Dictionary<int, int>(room);
        _edits = new List<LogitEdit>(room);
        _rawLogits = new List<float>(room);

        foreach ((int token, float bias) in parameters.LogitBias)
        {
            ref LogitEdit edit = ref EditOf(token);
            edit.Bias = bias;
            edit.Banned = Bans(bias);
        }

        foreach (int token in bannedTokens)
            EditOf(token).Banned = true;
        if (!penalizesPrompt)
            return;
        foreach (int token in promptTokens)
            EditOf(token).InPrompt = true;
    }

    /// <summary>Whether a bias makes its token impossible.</summary>
    public static bool Bans(float bias) => bias <= BanningBias;

    /// <summary>Whether a bias and the banned tokens together leave no token of the vocabulary.</summary>
    public static bool BanAll(IReadOnlyDictionary<int, float> bias, ReadOnlySpan<int> bannedTokens, int vocabularySize)
    {
        if (bias.Count + bannedTokens.Length < vocabularySize)
            return false;
        HashSet<int> banned = [.. bias.Where(each => Bans(each.Value)).Select(each => each.Key), .. bannedTokens];
        return banned.Count >= vocabularySize;
    }

    /// <summary>Makes tokens impossible until <see cref="Allow"/>.</summary>
    public void Ban(IReadOnlyList<int> tokens)
    {
        foreach (int token in tokens)
            EditOf(token).BannedForNow = true;
    }

    /// <summary>Ends <see cref="Ban"/>.</summary>
    public void Allow(IReadOnlyList<int> tokens)
    {
        foreach (int token in tokens)
            EditOf(token).BannedForNow = false;
    }

    /// <summary>True if there is nothing to change yet.</summary>
    public bool IsEmpty => _edits.Count == 0;

    /// <summary>Counts a token of the answer.</summary>
    public void CountAnswerToken(int token)
    {
        if (_penalizesAnswer)
            EditOf(token).TimesInAnswer++;
    }

    /// <summary>Changes the logits in place.</summary>
    public void Apply(Span<float> logits)
    {
        Span<float> raw = CollectionsMarshal.AsSpan(_rawLogits);
        ReadOnlySpan<LogitEdit> edits = CollectionsMarshal.AsSpan(_edits);
        for (int i = 0; i < edits.Length; i++)
        {
            ref float logit = ref logits[edits[i].Token];
            raw[i] = logit;
            logit = edits[i].Apply(logit, _parameters);
        }
    }

    /// <summary>Puts back, bit for bit, what <see cref="Apply"/> changed.</summary>
    public void Undo(Span<float> logits)
    {
        ReadOnlySpan<float> raw = CollectionsMarshal.AsSpan(_rawLogits);
        ReadOnlySpan<LogitEdit> edits = CollectionsMarshal.AsSpan(_edits);
        for (int i = 0; i < edits.Length; i++)
            logits[edits[i].Token] = raw[i];
    }

    private ref LogitEdit EditOf(int token)
    {
        ref int position = ref CollectionsMarshal.GetValueRefOrAddDefault(_positions, token, out bool exists);
        if (!exists)
        {
            position = _edits.Count;
            _edits.Add(new LogitEdit(token));
            _rawLogits.Add(0);
        }

        return ref CollectionsMarshal.AsSpan(_edits)[position];
    }
}

/// <summary>Why one token's logit is changed before the choice.</summary>
/// <param name="token">The token.</param>
internal struct LogitEdit(int token)
{
    public readonly int Token = token;
    public float Bias;
    public bool Banned;
    public bool BannedForNow;
    public bool InPrompt;
    public int TimesInAnswer;

    /// <summary>The logit to choose by: bias, then the repetition penalty, then frequency and presence.</summary>
    public readonly float Apply(float logit, SamplingParameters parameters)
    {
        if (Banned || BannedForNow)
            return float.NegativeInfinity;
        logit += Bias;
        if (InPrompt || TimesInAnswer > 0)
            logit = logit > 0 ? logit / parameters.RepetitionPenalty : logit * parameters.RepetitionPenalty;
        logit -= TimesInAnswer * parameters.FrequencyPenalty;
        return TimesInAnswer > 0 ? logit - parameters.PresencePenalty : logit;
    }
}
