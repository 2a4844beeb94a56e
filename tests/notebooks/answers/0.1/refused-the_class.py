second = Visitor
