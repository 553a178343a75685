namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// The tokens that are drafted ahead of one answer for its next step, and how far they go. They stand in the sequence's array behind the
/// known ones. A token is worth its cost where the chance that the answer takes it, times what a token of the answer takes, is above what
/// drafting and verifying it take. All of it follows from the tokens of this answer and from <see cref="DraftCost"/>, never from a
/// clock, so that an answer alone has the same batches every time.
/// </summary>
/// <param name="cost">What a drafted token takes.</param>
internal sealed class DraftAhead(DraftCost cost)
{
    /// <summary>The most tokens of a draft.</summary>
    public const int Most = 16;

    /// <summary>Where no draft is worth it, one token is drafted after so many steps: what follows may be easier.</summary>
    public const int StepsBetweenTrials = 32;

    /// <summary>Tokens that count as expected, and were right, before the first.</summary>
    private const double Before = 8;

    /// <summary>How much of the steps before is remembered with each.</summary>
    private const double Memory = 0.9;

    // Of steps with drafts, the last counting most: tokens that were to be expected right, those that were, what the steps took in plain
    // steps, and the tokens that they brought.
    private double _expected = Before;
    private double _right = Before;
    private double _spent = 1;
    private double _brought = 1;
    private double _verify;
    private double _cost;
    private double _chance;
    private double _stepExpected;
    private int _stepsWithout;
    private bool _isTrial;

    /// <summary>Tokens drafted for the next step.</summary>
    public int Count { get; private set; }

    /// <summary>How much of what the drafter expected to be right was so; at most 1.</summary>
    private double Trust => Math.Min(1, _right / _expected);

    /// <summary>What a token of the answer takes, in plain steps.</summary>
    private double Rate => Math.Min(1, _spent / _brought);

    /// <summary>Drops the last draft and says whether a new one is wanted.</summary>
    /// <param name="running">Sequences that decode in the step.</param>
    public bool Begin(int running)
    {
        Count = 0;
        _stepExpected = 0;
        _chance = Trust;
        _verify = cost.VerifyBeside(running);
        _cost = cost.Draft + _verify;
        _isTrial = false;
        if (_cost >= 1)
            return false;
        if (IsWorthMore)
        {
            _stepsWithout = 0;
            return true;
        }

        _isTrial = ++_stepsWithout >= StepsBetweenTrials;
        if (_isTrial)
            _stepsWithout = 0;
        return _isTrial;
    }

    /// <summary>Takes a drafted token, unless it is too uncertain; <see cref="IsWorthMore"/> says whether another one is wanted.</summary>
    /// <param name="probability">That the drafter gives it, given all before it.</param>
    /// <returns>Whether it is part of the draft.</returns>
    public bool Add(double probability)
    {
        double chance = _chance * probability;
        if (!_isTrial && chance * Rate <= _verify)
            return false;
        _chance = chance;
        _stepExpected += chance / Trust;
        Count++;
        return true;
    }

    /// <summary>Whether one more token is worth drafting.</summary>
    public bool IsWorthMore => !_isTrial && Count < Most && _chance * Rate > _cost;

    /// <summary>
    /// Tokens of an answer after which it may begin to pay that the drafter reads a prompt: as many as save the time for that where every
    /// draft is right. An answer that has come so far is likely to go on as long.
    /// </summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    public double TokensToPay(int prompt) => prompt * cost.Draft / (1 - _cost);

    /// <summary>Drops it.</summary>
    public void Clear() => Count = 0;

    /// <summary>Learns from the step that verified it.</summary>
    /// <param name="verified">Its tokens that were in the step.</param>
    /// <param name="right">Those of them that the answer took.</param>
    public void Record(int verified, int right)
    {
        // Of the tokens that found no room in the step nothing is known.
        double expected = verified == Count ? _stepExpected : _stepExpected * verified / Count;
        _expected = (Memory * _expected) + expected;
        _right = (Memory * _right) + right;
        _spent = (Memory * _spent) + 1 + (verified * _cost);
        _brought = (Memory * _brought) + 1 + right;
        Count = 0;
    }
}
