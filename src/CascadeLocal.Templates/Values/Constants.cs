using System.Numerics;

namespace CascadeLocal.Templates.Values;

internal sealed class NoneValue : Value
{
    public static readonly NoneValue Instance = new();

    private NoneValue()
    {
    }

    internal override string TypeName => "NoneType";

    internal override bool IsTrue => false;
}

/// <summary>
/// What a name, attribute or item that is not there gives. It prints as nothing, is empty and false; other uses throw its reason.
/// </summary>
internal sealed class Undefined(string reason) : Value
{
    /// <summary>Why it is undefined: thrown when it is used.</summary>
    public string Reason { get; } = reason;

    internal override string TypeName => "Undefined";

    internal override bool IsTrue => false;

    internal override BigInteger? Length => BigInteger.Zero;

    internal override IEnumerable<Value> Elements => [];

    public static Undefined Named(string name) => new($"'{name}' is undefined");

    public static Undefined Member(Value owner, Value key)
    {
        string type = owner is NoneValue ? "None" : $"{owner.TypeName} object";
        return key is StringValue name
            ? new($"'{type}' has no attribute {Repr.Of(name)}")
            : new($"{type} has no element {Repr.Of(key)}");
    }

    public TemplateException Failure() => TemplateException.Failed(Reason);
}

internal sealed class BooleanValue : Value
{
    public static readonly BooleanValue True = new(true);
    public static readonly BooleanValue False = new(false);

    private BooleanValue(bool isTrue) => IsTrue = isTrue;

    internal override string TypeName => "bool";

    internal override bool IsTrue { get; }
}

internal sealed class IntegerValue(BigInteger number) : Value
{
    public BigInteger Number { get; } = number;

    internal override string TypeName => "int";

    internal override bool IsTrue => !Number.IsZero;

    internal override long Weight => 1 + Number.GetBitLength() / 3;
}

internal sealed class FloatValue(double number) : Value
{
    public double Number { get; } = number;

    internal override string TypeName => "float";

    internal override bool IsTrue => Number != 0;
}
