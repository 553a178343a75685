using System.Numerics;

using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>Python's binary operators and comparisons.</summary>
internal static class Operators
{
    public static Value Apply(Rendering rendering, string sign, Value left, Value right)
    {
        if (sign == "%" && left is StringValue pattern)
            return rendering.String(PercentFormat.Format(rendering, pattern, right), pattern.IsSafe).From(Origin.OfResult(left, [right]));
        if (left is Undefined missing)
            throw missing.Failure();
        if (right is Undefined absent)
            throw absent.Failure();
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
        {
            rendering.Step(left.Weight * right.Weight / 4096);
            return Arithmetic.Apply(sign, left, right);
        }

        return sign switch
        {
            "+" when left is StringValue a && right is StringValue b => Join(rendering, a, b),
            "+" when left is ListValue a && right is ListValue b => new ListValue(JoinItems(rendering, a, b)),
            "+" when left is TupleValue a && right is TupleValue b => new TupleValue(JoinItems(rendering, a, b)),
            "*" when Numbers.TryInteger(right, out BigInteger count) => Repeat(rendering, left, count),
            "*" when Numbers.TryInteger(left, out BigInteger count) => Repeat(rendering, right, count),
            "+" when left is StringValue or ListValue or TupleValue => throw TemplateException.Failed(
                $"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}"),
            _ => throw Unsupported(sign, left, right),
        };
    }

    public static bool Compare(Rendering rendering, string sign, Value left, Value right)
    {
        rendering.Step(1 + Math.Min(left.Weight, right.Weight) / 64);
        return sign switch
        {
            "==" => ValueComparer.AreEqual(left, right),
            "!=" => !ValueComparer.AreEqual(left, right),
            "in" => Contains(rendering, right, left),
            "not in" => !Contains(rendering, right, left),
            _ => Ordering.Holds(sign, left, right),
        };
    }

    public static bool Contains(Rendering rendering, Value container, Value item)
    {
        rendering.Touch(container);
        switch (container)
        {
            case StringValue text when item is StringValue part:
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case StringValue when item is Undefined undefined:
                throw undefined.Failure();
            case StringValue:
                throw TemplateException.Failed($"'in <string>' requires string as left operand, not {item.TypeName}");
            case DictValue dict:
                ValueComparer.RequireHashable(item);
                rendering.Walk(item);
                return dict.Find(item) is not null;
            case DictView { TypeName: "dict_keys" } keys:
                return Contains(rendering, keys.Source, item);
            case { Elements: null }:
                throw TemplateException.Failed($"argument of type '{container.TypeName}' is not iterable");
            default:
                return rendering.Iterate(container).Any(e => rendering.AreEqual(e, item));
        }
    }

    private static StringValue Join(Rendering rendering, StringValue a, StringValue b)
    {
        bool isSafe = a.IsSafe || b.IsSafe;
        (a, b) = isSafe ? (Html.Escaped(a), Html.Escaped(b)) : (a, b);
        rendering.Allocate((BigInteger)a.Text.Length + b.Text.Length);
        return new TracedText().Append(a).Append(b).ToValue(isSafe);
    }

    private static Value[] JoinItems(Rendering rendering, SequenceValue a, SequenceValue b)
    {
        rendering.AllocateElements((BigInteger)a.Items.Count + b.Items.Count);
        return [.. a.Items, .. b.Items];
    }

    private static Value Repeat(Rendering rendering, Value value, BigInteger count)
    {
        count = BigInteger.Max(count, 0);
        if (count > long.MaxValue)
            throw TemplateException.Exceeded("cannot fit 'int' into an index-sized integer");
        switch (value)
        {
            case StringValue text:
                rendering.Allocate(text.Text.Length * count);
                return text.With(text.Text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text.Text, (int)count))).From(Origin.OfResult(text, []));
            case SequenceValue sequence:
                int size = rendering.AllocateElements(sequence.Items.Count * count);
                Value[] items = new Value[size];
                for (int i = 0; i < size; i++)
                    items[i] = sequence.Items[i % sequence.Items.Count];
                return value is TupleValue ? new TupleValue(items) : new ListValue(items);
            default:
                throw Unsupported("*", value, new IntegerValue(count));
        }
    }

    private static TemplateException Unsupported(string sign, Value left, Value right) => TemplateException.Failed(
        $"unsupported operand type(s) for {(sign == "**" ? "** or pow()" : sign)}: '{left.TypeName}' and '{right.TypeName}'");
}

/// <summary>Python's order: of numbers, of strings by code point, of lists and tuples item by item.</summary>
internal static class Ordering
{
    public static bool Holds(string sign, Value left, Value right) => Compare(sign, left, right) is { } order && sign switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    /// <summary>For sorting; what has no order with the other (nan) counts as not less.</summary>
    public static int Compare(Value left, Value right) => Compare("<", left, right) ?? 0;

    private static int? Compare(string sign, Value left, Value right)
    {
        if (left is StringValue a && right is StringValue b)
            return ByCodePoint(a.Text, b.Text);
        if (Numbers.IsNumber(left) && Numbers.IsNumber(right))
            return Numbers.Compare(left, right);
        if (left is ListValue x && right is ListValue y)
            return Compare(sign, x, y);
        if (left is TupleValue p && right is TupleValue q)
            return Compare(sign, p, q);
        if ((left as Undefined ?? right as Undefined) is { } undefined)
            throw undefined.Failure();
        throw TemplateException.Failed($"'{sign}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
    }

    private static int? Compare(string sign, SequenceValue left, SequenceValue right)
    {
        for (int i = 0; i < Math.Min(left.Items.Count, right.Items.Count); i++)
            if (!ValueComparer.Instance.Equals(left.Items[i], right.Items[i]))
                return Compare(sign, left.Items[i], right.Items[i]);
        return left.Items.Count.CompareTo(right.Items.Count);
    }

    /// <summary>UTF-16 order with surrogates, which stand for what is beyond the plane, above all other units.</summary>
    private static int ByCodePoint(string a, string b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
            return a.Length.CompareTo(b.Length);
        bool aIsBeyond = char.IsSurrogate(a[common]), bIsBeyond = char.IsSurrogate(b[common]);
        return aIsBeyond != bIsBeyond ? aIsBeyond.CompareTo(bIsBeyond) : a[common].CompareTo(b[common]);
    }
}

/// <summary>
/// What <c>x.name</c> and <c>x[index]</c> give. An attribute is looked for among Python's attributes first, then among the items;
/// an item the other way round. What is not there is undefined, and so is what the sandbox guards.
/// </summary>
internal static class Members
{
    public static Value Getattr(Value target, string name)
    {
        if (target is Undefined undefined)
            return IsInternal(name) ? Unsafe(target, name) : throw undefined.Failure();
        return Attribute(target, name) ?? Item(target, Value.Of(name)) ?? Undefined.Member(target, Value.Of(name));
    }

    public static Value Getitem(Rendering rendering, Value target, Value index)
    {
        if (target is Undefined undefined)
            throw undefined.Failure();
        rendering.Step(1 + index.Weight / 64);
        if (target is StringValue { IsUnits: false })
            rendering.Touch(target);
        return Item(target, index)
            ?? (index is StringValue name ? Attribute(target, name.Text) : null)
            ?? Undefined.Member(target, index);
    }

    /// <summary>Only Python's attributes, for the filter attr.</summary>
    public static Value? Attribute(Value target, string name)
    {
        if (IsInternal(name))
            return Unsafe(target, name);
        return target switch
        {
            StringValue => Bind(StringMethods.Find(name)),
            DictValue => Bind(CollectionMethods.OfDict.Find(name)) ?? Mutating("clear pop popitem setdefault update"),
            ListValue => Bind(CollectionMethods.OfList.Find(name)) ?? Mutating("append clear extend insert pop remove reverse sort"),
            TupleValue { IsGroup: true } group when name is "grouper" or "list" => group.Items[name == "grouper" ? 0 : 1],
            TupleValue => Bind(CollectionMethods.OfSequence.Find(name)),
            RangeValue range => name switch
            {
                "start" => new IntegerValue(range.Start),
                "stop" => new IntegerValue(range.Stop),
                "step" => new IntegerValue(range.Step),
                _ => Bind(CollectionMethods.OfRange.Find(name)),
            },
            NamespaceValue space => name.StartsWith('_') ? null : space.Attributes.GetValueOrDefault(name),
            IMembers owner => owner.Member(name),
            _ when Numbers.IsNumber(target) => NumberMethods.Find(target, name) is { } method ? Bind(method) : NumberMethods.Attribute(target, name),
            _ => null,
        };

        Value? Bind(Builtin? method) => method is null ? null : new BuiltinValue(method, target);
        Undefined? Mutating(string names) => names.Split(' ').Contains(name) ? Unsafe(target, name) : null;
    }

    private static bool IsInternal(string name) =>
        name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal);

    private static Undefined Unsafe(Value target, string name) =>
        new($"access to attribute '{name}' of '{target.TypeName}' object is unsafe.");

    private static Value? Item(Value target, Value index)
    {
        if (target is DictValue dict)
            return index.IsHashable ? dict.Find(index) : null;
        if (!Numbers.TryInteger(index, out BigInteger number))
            return null;
        return target switch
        {
            SequenceValue sequence => At(sequence.Items.Count) is { } at ? sequence.Items[at] : null,
            RangeValue range => At(range.Count) is { } at ? range.At(at) : null,
            StringValue text => Character(text, number),
            _ => null,
        };

        int? At(int count) => number >= -count && number < count ? (int)(number < 0 ? number + count : number) : null;
    }

    private static StringValue? Character(StringValue text, BigInteger index)
    {
        if (BigInteger.Abs(index) > text.Text.Length)
            return null;
        if (index < 0)
            index += text.Length!.Value;
        if (index < 0)
            return null;
        int start = text.Offset((int)index);
        return start < text.Text.Length ? text.Part(start..(start + CodePoints.Width(text.Text, start))) : null;
    }
}
